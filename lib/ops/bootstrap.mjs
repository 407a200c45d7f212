// Runs on any Node from 20 on with nothing installed: installs if needed, then hands over to the Node this project pins.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('../../', import.meta.url)));

const stamp = 'node_modules/.waxseal-installed';
const wanted = createHash('sha256')
  .update(readFileSync('package-lock.json'))
  .update(process.platform + process.arch)
  .digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  process.stderr.write('Installing dependencies (once) …\n');
  const install = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (install.status !== 0) {
    process.stderr.write('The dependencies could not be installed; run "npm ci" to see why.\n');
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

const platform = process.platform === 'win32' ? 'win' : process.platform;
const pinned = `node_modules/node-${platform}-${process.arch}/bin/node${platform === 'win' ? '.exe' : ''}`;
const [major, minor] = process.versions.node.split('.').map(Number);
const node = existsSync(pinned) ? pinned : process.execPath;
if (node === process.execPath && (major < 22 || (major === 22 && minor < 18))) {
  process.stderr.write(
    `Node ${process.versions.node} is too old and no newer one comes with the dependencies for this platform; install Node 24.\n`,
  );
  process.exit(1);
}

const child = spawn(
  node,
  ['--disable-warning=ExperimentalWarning', '--disable-warning=DEP0169', ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // A terminal's Ctrl-C reaches the child by itself; a signal to this process alone must be passed on.
  process.on(signal, () => (signal !== 'SIGINT' || !process.stdin.isTTY ? child.kill(signal) : undefined));
}
child.on('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
