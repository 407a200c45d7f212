/** Runs once before the first request: without a usable configuration and key there is no start (style §3.14). */
export async function register(): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: Next sets this to say which runtime is asking
  if (process.env['NEXT_RUNTIME'] !== 'nodejs') return;
  const { startServer } = await import('#lib/server.ts');
  await startServer();
}
