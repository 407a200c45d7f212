import { clsx } from 'clsx';
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

export type NoticeTone = 'good' | 'calm' | 'warn' | 'bad';

const tones = {
  good: { look: 'border-good/30 bg-good-soft', icon: 'text-good', Icon: CircleCheck },
  calm: { look: 'border-calm/30 bg-calm-soft', icon: 'text-calm', Icon: Info },
  warn: { look: 'border-warn/35 bg-warn-soft', icon: 'text-warn', Icon: TriangleAlert },
  bad: { look: 'border-bad/35 bg-bad-soft', icon: 'text-bad', Icon: CircleAlert },
} as const;

type NoticeProps = { tone: NoticeTone; title?: ReactNode; children?: ReactNode; role?: 'alert' | 'status' };

/** Something worth reading before going on. The icon and the words carry it; the colour only agrees. */
export function Notice({ tone, title, children, role }: NoticeProps) {
  const { look, icon, Icon } = tones[tone];
  return (
    <div role={role} className={clsx('flex gap-3 rounded-lg border px-4 py-3 text-sm leading-6', look)}>
      <Icon size={18} aria-hidden="true" className={clsx('mt-[3px] shrink-0', icon)} />
      <div className="min-w-0 flex-1">
        {title ? <p className="font-medium">{title}</p> : null}
        {children}
      </div>
    </div>
  );
}

/** What a refused form said; focus stays where the reader is, the alert is announced. */
export function ErrorNotice({ error }: { error: string | null }) {
  if (!error) return null;
  return (
    <div className="mb-5">
      <Notice tone="bad" role="alert" title="That did not go through">
        {error}
      </Notice>
    </div>
  );
}
