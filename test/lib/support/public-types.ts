import { dirname } from 'node:path';
import ts from 'typescript';

/**
 * What jsii would refuse in the types that a module exports: unions, functions, generics, tuples, maps and object literals.
 * The kit is not published through jsii, but keeps to types that could be: those that CDK users know, and that other
 * languages can express. Private members and those that begin with `_` are nobody's business.
 */
export function uncleanTypes(file: string): string[] {
  const config = ts.findConfigFile(dirname(file), ts.sys.fileExists.bind(ts.sys)) ?? '';
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(config, ts.sys.readFile.bind(ts.sys)).config,
    ts.sys,
    dirname(config),
  );
  const program = ts.createProgram([file], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} exports nothing`);

  const problem = (type: ts.Type): string | undefined => {
    const some = checker.getNonNullableType(type);
    if (some.flags & ts.TypeFlags.BooleanLike || some.flags & ts.TypeFlags.EnumLike) return undefined;
    if (some.isUnion()) return 'a union';
    if (some.getCallSignatures().length > 0) return 'a function';
    if (checker.isTupleType(some)) return 'a tuple';
    if (checker.isArrayType(some)) return problem(checker.getTypeArguments(some as ts.TypeReference)[0] as ts.Type);
    const name = some.getSymbol()?.name ?? '';
    if (name === 'Map' || name === 'Set') return `a ${name}`;
    if (name !== '__type') return undefined;
    const values = some.getStringIndexType();
    return values && some.getProperties().length === 0 ? problem(values) : 'an object literal';
  };

  const membersOf = (owner: ts.InterfaceDeclaration | ts.ClassDeclaration): readonly (readonly [string, ts.Type])[] =>
    owner.members.flatMap((member) => {
      const hidden =
        ts.canHaveModifiers(member) &&
        ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
      const name = member.name?.getText() ?? 'constructor';
      if (hidden || name.startsWith('_')) return [];
      if (!ts.isFunctionLike(member) || ts.isGetAccessor(member))
        return [[name, checker.getTypeAtLocation(member)] as const];
      const signature = checker.getSignatureFromDeclaration(member);
      const parameters = member.parameters.map(
        (parameter) => [`${name}(${parameter.name.getText()})`, checker.getTypeAtLocation(parameter)] as const,
      );
      return signature && member.name ? [...parameters, [`${name}()`, signature.getReturnType()] as const] : parameters;
    });

  return checker.getExportsOfModule(module).flatMap((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    return (symbol.declarations ?? []).flatMap((owner) => {
      if (!ts.isInterfaceDeclaration(owner) && !ts.isClassDeclaration(owner))
        return [`${exported.name} is neither class nor interface`];
      const generic = owner.typeParameters ? [`${exported.name} is generic`] : [];
      const found = membersOf(owner)
        .map(([name, type]) => [name, problem(type)] as const)
        .filter(([, what]) => what !== undefined);
      return [...generic, ...found.map(([name, what]) => `${exported.name}.${name} is ${what ?? ''}`)];
    });
  });
}
