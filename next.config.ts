import type { NextConfig } from 'next';

const config: NextConfig = {
  poweredByHeader: false,
  images: { unoptimized: true },
  serverExternalPackages: ['pg', 'pg-boss', 'pino', 'nodemailer', 'undici'],
};

export default config;
