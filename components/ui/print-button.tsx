'use client';

import { Printer } from 'lucide-react';
import { Button } from './button.tsx';

export function PrintButton() {
  return (
    <Button type="button" onClick={() => window.print()}>
      <Printer size={16} aria-hidden="true" />
      Print
    </Button>
  );
}
