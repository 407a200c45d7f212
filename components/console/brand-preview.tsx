'use client';

import { clsx } from 'clsx';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Framed } from '../customer/preview.tsx';

type Choice = { readonly name: string; readonly label: string };
type BrandPreviewProps = {
  csrf: string;
  parts: readonly Choice[];
  languages: readonly Choice[];
};

const patienceMs = 350;

/** Draws one page in a tree of its own, where its sheet reaches nothing else. */
function Phone({ frame, label }: { frame: Framed; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!box.current) return;
    const root = box.current.shadowRoot ?? box.current.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(frame.css);
    root.adoptedStyleSheets = [sheet];
    root.innerHTML = frame.html; // our server drew it from our own components, every text in it escaped
  }, [frame]);
  return (
    <figure className="min-w-0">
      <figcaption className="mb-1.5 text-[13px] text-muted">
        {label}, {frame.scheme} screen
      </figcaption>
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1).
        tabIndex={0}
        aria-label={`${label}, ${frame.scheme} screen`}
        className="max-h-[70dvh] w-fit max-w-full overflow-auto rounded-2xl border border-line-strong/60"
      >
        <div className="w-[390px] [zoom:0.72]">
          <div ref={box} inert />
        </div>
      </section>
    </figure>
  );
}

const chip =
  'flex min-h-9 cursor-pointer items-center rounded-md border border-line-strong/60 bg-raised px-3 text-[13px] max-md:min-h-11 has-checked:border-wax has-checked:ring-1 has-checked:ring-wax has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-wax';

function Chips({
  legend,
  name,
  choices,
  value,
  onPick,
}: {
  legend: string;
  name: string;
  choices: readonly Choice[];
  value: string;
  onPick: (name: string) => void;
}) {
  return (
    <fieldset>
      <legend className="sr-only">{legend}</legend>
      <div className="flex flex-wrap gap-1.5">
        {choices.map((choice) => (
          <label key={choice.name} className={chip}>
            <input
              type="radio"
              name={name}
              value={choice.name}
              checked={choice.name === value}
              onChange={() => onPick(choice.name)}
              className="sr-only"
            />
            {choice.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

type Drawn = { frames: Framed[]; faults: Record<string, string> };

/** The texts of the brand's form as they stand; a file is not among them. */
const typedTexts = () => {
  const form = document.getElementById('brand');
  const data = form instanceof HTMLFormElement ? [...new FormData(form)] : [];
  return Object.fromEntries(data.filter(([name, value]) => name !== 'csrf' && typeof value === 'string'));
};

async function draw(csrf: string, part: string, language: string, signal: AbortSignal): Promise<Drawn> {
  const answer = await fetch('/console/brand/live', {
    method: 'POST',
    headers: { 'x-csrf': csrf, 'content-type': 'application/json' },
    body: JSON.stringify({ fields: typedTexts(), part, language }),
    signal,
  });
  if (!answer.ok)
    throw new Error(((await answer.json()) as { error?: string }).error ?? 'The preview could not be drawn.');
  return (await answer.json()) as Drawn;
}

/** What customers will see, drawn from what is typed, a moment after it is typed. Without script it is not there; a tab shows the same. */
export function BrandPreview({ csrf, parts, languages }: BrandPreviewProps) {
  const [part, setPart] = useState(parts[0]?.name ?? '');
  const [language, setLanguage] = useState(languages[0]?.name ?? '');
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const running = useRef<AbortController | null>(null);

  const redraw = useCallback(() => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    draw(csrf, part, language, controller.signal).then(
      (answer) => {
        setDrawn(answer);
        setProblem(null);
      },
      (error: Error) => {
        if (!controller.signal.aborted) setProblem(error.message);
      },
    );
  }, [csrf, part, language]);

  useEffect(redraw, [redraw]);
  useEffect(() => {
    const form = document.getElementById('brand');
    let timer: ReturnType<typeof setTimeout> | undefined;
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(redraw, patienceMs);
    };
    form?.addEventListener('input', later);
    return () => {
      clearTimeout(timer);
      form?.removeEventListener('input', later);
    };
  }, [redraw]);

  const label = parts.find(({ name }) => name === part)?.label ?? '';
  const held = Object.keys(drawn?.faults ?? {}).length;
  return (
    <section aria-labelledby="preview-heading" className="min-w-0 space-y-3">
      <h2 id="preview-heading" className="text-sm font-semibold">
        What customers will see
      </h2>
      {drawn || problem ? (
        <>
          <Chips legend="Page" name="preview_part" choices={parts} value={part} onPick={setPart} />
          <Chips legend="Language" name="preview_language" choices={languages} value={language} onPick={setLanguage} />
        </>
      ) : null}
      <p role="status" className={clsx('text-[13px] leading-5', problem || held > 0 ? 'text-warn' : 'text-muted')}>
        {problem ??
          (held > 0
            ? `${held === 1 ? 'One field' : `${held} fields`} cannot be shown as typed; the saved text stands there.`
            : drawn
              ? 'As typed, with an invented customer. Nothing in it acts.'
              : '')}
      </p>
      <div className="flex flex-wrap gap-4">
        {drawn?.frames.map((frame) => (
          <Phone key={frame.scheme} frame={frame} label={label} />
        ))}
      </div>
    </section>
  );
}
