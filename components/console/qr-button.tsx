'use client';

import { Printer, QrCode as QrIcon } from 'lucide-react';
import { useRef, useState } from 'react';
import { buttonClass } from '../ui/button.tsx';
import { fetchLink } from './fetch-link.ts';
import type { Qr } from './qr.ts';

/** Dark on white in both schemes: scanners read nothing else. */
function QrCode({ qr, label }: { qr: Qr; label: string }) {
  return (
    <svg
      viewBox={`0 0 ${qr.size} ${qr.size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
      className="mx-auto block h-auto w-[min(80vw,60vh,30rem)]"
    >
      <rect width={qr.size} height={qr.size} fill="#ffffff" />
      <path d={qr.path} fill="#000000" />
    </svg>
  );
}

type QrButtonProps = { connectionId: string; customer: string; csrf: string };

/** The customer's link to scan from this screen or from paper: fetched when it is asked for, and gone when it is closed. */
export function QrButton({ connectionId, customer, csrf }: QrButtonProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [qr, setQr] = useState<Qr | null>(null);
  const [refused, setRefused] = useState<string | null>(null);

  async function show() {
    setRefused(null);
    try {
      setQr((await fetchLink(connectionId, csrf)).qr);
      dialog.current?.showModal();
    } catch (error) {
      setRefused(error instanceof Error ? error.message : 'The link could not be fetched.');
    }
  }

  return (
    <>
      <button type="button" onClick={show} className={buttonClass('plain', 'small')}>
        <QrIcon size={14} aria-hidden="true" />
        QR code
        <span className="sr-only"> for {customer}</span>
      </button>
      <output className={refused ? 'text-[13px] text-bad' : 'sr-only'}>{refused}</output>
      <dialog
        ref={dialog}
        onClose={() => setQr(null)}
        aria-label={`QR code for ${customer}`}
        className="printed m-auto max-h-full max-w-full overflow-auto rounded-lg bg-white p-6 text-center text-black"
      >
        {qr ? <QrCode qr={qr} label={`QR code with the link for ${customer}`} /> : null}
        <p className="mx-auto max-w-[30rem] text-sm leading-6">
          For <bdi>{customer}</bdi> alone: whoever scans this can open the request to connect Exact Online.
        </p>
        <div className="mt-4 flex justify-center gap-2 print:hidden">
          <button type="button" onClick={() => window.print()} className={buttonClass('primary', 'small')}>
            <Printer size={14} aria-hidden="true" />
            Print
          </button>
          <button type="button" onClick={() => dialog.current?.close()} className={buttonClass('plain', 'small')}>
            Close
          </button>
        </div>
      </dialog>
    </>
  );
}
