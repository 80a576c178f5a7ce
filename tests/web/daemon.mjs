// A real daemon with real containers in a folder of its own.
import { spawn, execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { Proxy } from './proxy.mjs';

const run = promisify(execFile);
const checkout = path.resolve(import.meta.dirname, '../..');
export const bin = process.env.TIDEWHEEL_BIN ?? path.join(checkout, 'build/release/bin');
const ends = new Set(['succeeded', 'failed', 'rejected', 'timed_out', 'cancelled', 'interrupted', 'outdated', 'skipped']);
export const image = 'local/busybox:1';

/** Asks again and again for what an outside witness shows. */
export async function until(condition, what, seconds = 60) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${typeof what === 'function' ? await what() : what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export class Daemon {
  constructor() {
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tw-web-'));
    fs.chmodSync(this.dir, 0o755);
    this.state = path.join(this.dir, 'state');
    this.pipelines = path.join(this.dir, 'pipelines.d');
    this.data = path.join(this.dir, 'data');
    this.socket = path.join(this.dir, 'sock');
    for (const folder of [this.state, this.pipelines, this.data]) fs.mkdirSync(folder);
    this.logFile = path.join(this.dir, 'log');
  }

  async start() {
    this.port ??= await freePort();
    fs.writeFileSync(path.join(this.dir, 'config.yaml'), `version: 1
instance: web
state_dir: ${this.state}
pipelines_dir: ${this.pipelines}
api: {socket: ${this.socket}${this.noTcp ? '' : `, listen: "127.0.0.1:${this.port}"`}}
limits: {runs: 3}
storage: {min_free: 100m}
policy: {images: ["*"], paths: ["${this.dir}/**"], buckets: ["*"]}
${this.moreConfig ?? ''}`);
    const log = fs.openSync(this.logFile, 'a');
    this.process = spawn(path.join(bin, 'tidewheeld'), ['--config', path.join(this.dir, 'config.yaml')], { stdio: ['ignore', log, log] });
    fs.closeSync(log);
    await until(async () => {
      if (this.process.exitCode !== null) throw new Error(`tidewheeld ended:\n${this.log()}`);
      return this.cli('status').then(() => true, () => false);
    }, () => this.log());
    this.proxy ??= new Proxy({ host: '127.0.0.1', port: this.port });
    this.origin ??= `http://127.0.0.1:${await this.proxy.listen()}`;
    return this;
  }
  log() {
    return fs.readFileSync(this.logFile, 'utf8').slice(-4000);
  }
  /** Ends the daemon; `start` goes on with what it has. */
  async halt() {
    if (!this.process || this.process.exitCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGCONT');
    this.process.kill('SIGTERM');
    const late = setTimeout(() => this.process.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(late);
  }
  async stop() {
    this.proxy?.close();
    await this.halt();
    fs.rmSync(this.dir, { recursive: true, force: true });
  }

  async cli(...args) {
    const { stdout } = await run(path.join(bin, 'tidewheel'), ['--socket', this.socket, ...args], { maxBuffer: 1 << 26 });
    return stdout;
  }
  json(...args) {
    return this.cli(...args, '--json').then(JSON.parse);
  }
  async token(access = 'operate', ...more) {
    const made = await this.json('token', 'create', `web-${access}`, '--access', access, ...more);
    return made.token;
  }

  /** A pipeline over a folder of its own, in which `script` runs. @returns its folder */
  async pipeline(name, script, more = '') {
    const folder = path.join(this.data, name);
    fs.mkdirSync(folder, { recursive: true });
    await this.register(name, `version: 1
name: ${name}
watch: {path: ${folder}, files: "*", existing: run, settle: 0s}
image: ${image}
pull_policy: never
command: ["sh", "-c", ${JSON.stringify(script.replaceAll('$', () => '$$'))}, "sh", "\${input.path}"]
${more}`);
    return folder;
  }
  /** Puts a pipeline's file there and waits until it is live. */
  async register(name, yaml) {
    fs.writeFileSync(path.join(this.pipelines, `${name}.yaml`), yaml);
    await until(async () => {
      const { pipelines } = await this.json('pipelines');
      const found = pipelines.find((one) => one.name === name);
      if (found?.diagnostics) throw new Error(found.diagnostics);
      return found?.state === 'live';
    }, () => this.log());
  }
  drop(name, file, content = `${file}\n`) {
    fs.writeFileSync(path.join(this.data, name, file), content);
  }
  /** The newest run of a pipeline, once it is so. */
  async newest(pipeline, fits = (one) => ends.has(one.state)) {
    return until(async () => {
      const { runs } = await this.json('runs', '--pipeline', pipeline, '--limit', '1');
      return runs[0] && fits(runs[0]) ? runs[0] : null;
    }, `a run of ${pipeline}`);
  }
}
