'use client';

import { Button } from '#components/ui/button.tsx';

export default function ConsoleError({ reset }: { reset: () => void }) {
  return (
    <div className="mx-auto max-w-md py-16 text-center">
      <h1 className="text-xl font-semibold tracking-tight">Something went wrong on our side</h1>
      <p className="mt-2 text-sm leading-6 text-muted">
        Nothing was changed by this. If it stays like this, tell your Waxseal operator when it happened.
      </p>
      <p className="mt-6">
        <Button type="button" kind="plain" onClick={reset}>
          Try again
        </Button>
      </p>
    </div>
  );
}
