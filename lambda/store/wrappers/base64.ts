/**
 * The bytes of a base64 text, or `undefined` when it is not exactly what encoding them gives. Buffer skips what it does not
 * know and ignores the unused bits at the end: one ciphertext would have many texts.
 */
export function strictBase64(text: string, encoding: 'base64' | 'base64url'): Buffer | undefined {
  const bytes = Buffer.from(text, encoding);
  return bytes.toString(encoding) === text ? bytes : undefined;
}
