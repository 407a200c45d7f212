import type { ReactNode } from 'react';
import { SealMark } from './sign-in-frame.tsx';

const pages = [
  ['/docs', 'Guide'],
  ['/docs/customer', 'Customer'],
  ['/docs/events', 'Events'],
  ['/docs/embed', 'Button'],
  ['/docs/bundles', 'Bundles'],
  ['/docs/push', 'Push'],
  ['/docs/files', 'Files'],
  ['/docs/receipts', 'Receipts'],
  ['/docs/simulator', 'Simulator'],
  ['/docs/errors', 'Errors'],
  ['/api/v1/openapi.json', 'OpenAPI'],
  ['/console', 'Console'],
] as const;

/** The frame of a documentation page. */
export function DocsFrame({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <div className="mx-auto max-w-3xl px-4 py-10 sm:px-6">
      <header className="flex flex-wrap items-center justify-between gap-3 text-sm">
        <a href="/" className="flex items-center gap-2 font-semibold tracking-tight">
          <SealMark size={22} />
          Waxseal
        </a>
        <nav aria-label="Documentation" className="flex flex-wrap gap-x-3 gap-y-2">
          {pages.map(([href, label]) => (
            <a key={href} href={href} className="text-muted hover:text-ink">
              {label}
            </a>
          ))}
        </nav>
      </header>
      <main>
        <h1 className="mt-10 text-3xl font-semibold tracking-tight">{title}</h1>
        <p className="mt-3 text-lg leading-8 text-muted">{lead}</p>
        {children}
      </main>
    </div>
  );
}

export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-10">
      <h2 className="text-xl font-semibold tracking-tight">{title}</h2>
      <div className="mt-3 space-y-4 leading-7">{children}</div>
    </section>
  );
}

/** Names with what they mean, as a list that can be read on a phone. */
export function Names({ of }: { of: Readonly<Record<string, string>> }) {
  return (
    <dl className="divide-y divide-line rounded-lg border border-line">
      {Object.entries(of).map(([name, meaning]) => (
        <div key={name} className="grid gap-x-6 gap-y-0.5 px-4 py-2 sm:grid-cols-[15rem_1fr]">
          <dt className="break-all font-mono text-[13px] leading-6">{name}</dt>
          <dd className="text-sm leading-6 text-muted wrap-anywhere">{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}

type Fact = { name: string; says: string; fields: readonly FactField[] };
type FactField = { name: string; says: string; optional: boolean; values: Readonly<Record<string, string>> };

/** Things that happen, each with its fields, and where a field is a closed list with what each of its words means. */
export function Facts({ of }: { of: readonly Fact[] }) {
  return (
    <div className="divide-y divide-line rounded-lg border border-line">
      {of.map(({ name, says, fields }) => (
        <section key={name} id={name} aria-labelledby={`${name}-name`} className="px-4 py-3 target:bg-raised">
          <h3 id={`${name}-name`} className="break-all font-mono text-sm font-semibold">
            {name}
          </h3>
          <p className="mt-0.5 text-[15px] leading-6">{says}</p>
          <dl className="mt-1.5 space-y-0.5">
            {fields.map((field) => (
              <div key={field.name} className="grid gap-x-6 sm:grid-cols-[14rem_1fr]">
                <dt className="break-all font-mono text-[13px] leading-6">
                  {field.name}
                  {field.optional ? <span className="text-muted"> ?</span> : null}
                </dt>
                <dd className="text-sm leading-6 text-muted wrap-anywhere">
                  {field.says}
                  {Object.entries(field.values).map(([value, meaning]) => (
                    <span key={value} className="block">
                      <code className="text-ink">{value}</code> {meaning}
                    </span>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

export function Code({ children }: { children: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a block that scrolls must be reachable by keyboard
    <pre tabIndex={0} className="overflow-x-auto rounded-lg border border-line bg-raised p-4 text-[13px] leading-6">
      <code>{children}</code>
    </pre>
  );
}

/** What comes back, quieter than what is typed; what is longer than its beginning ends in three dots. */
export function Answers({ lines }: { lines: readonly string[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a block that scrolls must be reachable by keyboard
    <pre tabIndex={0} className="overflow-x-auto px-4 text-[12.5px] leading-6 text-muted">
      {lines.map((line) => `→ ${line}${line.endsWith('}') ? '' : '…'}`).join('\n')}
    </pre>
  );
}
