import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, openSync, read, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

/*
 * The laboratory's hand inside the guest: requests come as JSON lines over a virtio port, one answer each, and what
 * background programs print goes back as it comes. Runs on Node alone, without any package.
 */

interface Request {
  id: number;
  /** Program and arguments; no shell. */
  command: string[];
  input?: string;
  timeoutMilliseconds?: number;
  /** Leaves the program running and answers with its process id. */
  background?: boolean;
}

const ports = ['/dev/vport0p1', '/dev/vport1p1', '/dev/vport2p1', '/dev/vport3p1'];
const port = openSync(ports.find((path) => existsSync(path)) ?? '/dev/vport0p1', 'r+');

function send(message: object): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let at = 0; at < bytes.length; ) at += writeSync(port, bytes, at);
}

function run({ id, command, input, timeoutMilliseconds = 60_000 }: Request): void {
  const [file = '', ...args] = command;
  const options = { timeout: timeoutMilliseconds, maxBuffer: 64 * 1024 * 1024 };
  const child = execFile(file, args, options, (error, stdout, stderr) => {
    const status = error ? (typeof error.code === 'number' ? error.code : 127) : 0;
    send({ id, status, stdout, stderr: stderr || (status === 127 ? String(error) : '') });
  });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input ?? '');
}

function start({ id, command }: Request): void {
  const [file = '', ...args] = command;
  const child: ChildProcess = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid = 0 } = child;
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface(stream).on('line', (line) => send({ from: pid, line, at: Date.now() }));
  }
  child.on('error', () => send({ from: pid, ended: 'not started' }));
  child.on('close', (status, signal) => send({ from: pid, ended: signal ?? String(status) }));
  send({ id, status: 0, stdout: String(pid), stderr: '' });
}

const decoder = new TextDecoder();
let rest = '';
function receive(bytes: Buffer): void {
  const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines.filter(Boolean)) {
    const request = JSON.parse(line) as Request;
    if (request.background) start(request);
    else run(request);
  }
}

/** The port reads as ended while nobody is at the other side. */
function listen(buffer: Buffer): void {
  read(port, buffer, 0, buffer.length, null, (error, length) => {
    if (error || length === 0) setTimeout(() => listen(buffer), 20);
    else {
      receive(buffer.subarray(0, length));
      listen(buffer);
    }
  });
}

send({ hello: process.version });
listen(Buffer.alloc(64 * 1024));
