import type { ReactNode } from 'react';

/** The quiet page around signing in: one card, the house's mark, and where a demo's mail is found. */
export function SignInFrame({ title, demo, children }: { title: string; demo: boolean; children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center px-4 py-12">
      <div className="flex items-center gap-2.5">
        <SealMark />
        <span className="font-semibold tracking-tight">Waxseal</span>
      </div>
      <div className="mt-6 rounded-xl border border-line bg-raised p-6 shadow-sm sm:p-8">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        {children}
      </div>
      {demo ? (
        <p className="mt-5 text-sm leading-6 text-muted">
          This is a demo. Sign in as <span className="font-medium text-ink">sanne@brightledger.example</span>; the mail
          arrives in the{' '}
          <a href="/demo/mailbox" className="font-medium text-wax underline underline-offset-2">
            local mailbox
          </a>
          .
        </p>
      ) : null}
    </main>
  );
}

/** The seal of the house, drawn here so that nothing is fetched. */
export function SealMark({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="text-wax">
      <path
        fill="currentColor"
        d="M16 1.6c1.7 0 2.4 1.5 3.8 2 1.5.5 3.2-.3 4.5.7 1.3 1 1 2.7 1.9 4 .8 1.3 2.6 1.8 3 3.400.4 1.600-.8 2.900-.8 4.400s1.200 2.800.8 4.400c-.4 1.600-2.200 2.100-3 3.400-.9 1.300-.6 3-1.900 4-1.300 1-3 .2-4.500.7-1.400.5-2.100 2-3.800 2s-2.400-1.500-3.800-2c-1.500-.5-3.200.3-4.500-.7-1.300-1-1-2.700-1.900-4-.8-1.300-2.600-1.800-3-3.400-.4-1.600.8-2.900.8-4.400S2.400 13.300 2.800 11.700c.4-1.600 2.200-2.100 3-3.400.9-1.300.6-3 1.900-4 1.300-1 3-.2 4.500-.7 1.400-.5 2.100-2 3.800-2Z"
      />
      <path
        fill="none"
        stroke="#fff"
        strokeOpacity=".92"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
        d="m10 12 2.900 8.500L16 13l3.100 7.500L22 12"
      />
    </svg>
  );
}
