import type { ListenerConfig } from './balancer.ts';
import type { ActionState, ConditionState } from './network.ts';

/** What rules look at. */
export interface RuleRequest {
  readonly host: string;
  readonly path: string;
  readonly method: string;
}

/** The action of the first rule whose conditions hold, by priority; else that of the listener. */
export function actionOf({ listener, rules }: ListenerConfig, request: RuleRequest): ActionState {
  const rule = rules
    .filter(({ IsDefault }) => IsDefault !== true)
    .sort((one, other) => Number(one.Priority) - Number(other.Priority))
    .find(({ Conditions }) => Conditions.every((condition) => holds(condition, request)));
  // Authentication would come before it, and is refused.
  const action = (rule?.Actions ?? listener.DefaultActions)[0];
  return action ?? { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } };
}

function holds({ Field, Values }: ConditionState, request: RuleRequest): boolean {
  if (Field === 'path-pattern') return Values.some((value) => like(value, request.path));
  if (Field === 'host-header') return Values.some((value) => like(value.toLowerCase(), request.host.toLowerCase()));
  if (Field === 'http-request-method') return Values.includes(request.method);
  throw new Error(`the condition "${Field}" of a listener rule is not played here: path, host and method are`);
}

/** `*` stands for any characters, `?` for one. */
function like(pattern: string, text: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`).test(text);
}
