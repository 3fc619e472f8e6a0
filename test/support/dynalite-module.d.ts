declare module 'dynalite' {
  const dynalite: (options?: { createTableMs?: number; deleteTableMs?: number }) => unknown;
  export default dynalite;
}
