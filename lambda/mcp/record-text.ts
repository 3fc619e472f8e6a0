import type { ReadableStream as WebStream } from 'node:stream/web';

/** Longer answers are passed on without being kept. */
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** Passes a stream on, chunk by chunk, and hands over its whole text when it ended as it should. */
export function recordText(source: WebStream<Uint8Array>, done: (text: string) => void): WebStream<Uint8Array> {
  const reader = source.getReader();
  const decoder = new TextDecoder();
  let text: string | undefined = '';
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const chunk = await reader.read();
        if (!chunk.done) {
          if (text !== undefined) text += decoder.decode(chunk.value, { stream: true });
          if (text !== undefined && text.length > MAX_CHARACTERS) text = undefined;
          controller.enqueue(chunk.value);
          return;
        }
        if (text !== undefined) done(text + decoder.decode());
        controller.close();
      } catch (error) {
        controller.error(error);
      }
    },
    cancel: async (reason) => {
      await reader.cancel(reason).catch(() => undefined);
    },
  });
}
