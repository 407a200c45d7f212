import type { NextConfig } from 'next';

const config: NextConfig = {
  poweredByHeader: false,
  typescript: { ignoreBuildErrors: true }, // npm run check holds the types; a start need not wait for them again
  headers: async () => [{ source: '/:path*', headers: [{ key: 'x-content-type-options', value: 'nosniff' }] }],
  images: { unoptimized: true },
  experimental: { proxyClientMaxBodySize: '4mb' }, // held while proxy.ts runs; the largest form there is (a logo) is read to 3 MB
  serverExternalPackages: ['pg', 'pg-boss', 'pino', 'nodemailer', 'undici'],
};

export default config;
