import { CopyButton } from './copy-button.tsx';

/** A value that is not secret, in full, with its copy button. */
export function Copyable({ text, what }: { text: string; what: string }) {
  return (
    <div className="flex items-start gap-2 rounded-md border border-line bg-sunken py-1.5 pr-1.5 pl-3">
      <code className="min-w-0 flex-1 break-all py-1 font-mono text-[13px] leading-5">{text}</code>
      <CopyButton text={text} what={what} />
    </div>
  );
}
