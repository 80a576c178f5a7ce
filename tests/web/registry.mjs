// A registry of the distribution protocol (v2) with one image, whose last layer stops in its middle until the test lets it go.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';

const digest = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** The layers (tar) and the configuration of an image that the engine has. */
function taken(image) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tw-web-image-'));
  try {
    execFileSync('docker', ['save', '-o', path.join(folder, 'image.tar'), image]);
    execFileSync('tar', ['-xf', 'image.tar'], { cwd: folder });
    const [{ Config, Layers }] = JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
    return { config: JSON.parse(fs.readFileSync(path.join(folder, Config), 'utf8')), layers: Layers.map((name) => fs.readFileSync(path.join(folder, name))) };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** A layer of so many bytes that cannot be compressed. */
function randomLayer(size) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tw-web-layer-'));
  try {
    fs.writeFileSync(path.join(folder, 'ballast'), randomBytes(size));
    return execFileSync('tar', ['-cf', '-', 'ballast'], { cwd: folder, maxBuffer: size * 2 + 65_536 });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

export class SlowRegistry {
  /** @param {string} image  of the engine */
  constructor(image) {
    const { config, layers } = taken(image);
    const ballast = randomLayer(6_000_000);
    layers.push(ballast);
    config.rootfs.diff_ids = layers.map(digest);
    config.history = layers.map(() => ({ created: '2026-01-01T00:00:00Z', created_by: 'test' }));
    this.blobs = new Map();
    const add = (bytes, mediaType) => (this.blobs.set(digest(bytes), bytes), { mediaType, size: bytes.length, digest: digest(bytes) });
    const type = 'application/vnd.docker.';
    this.type = `${type}distribution.manifest.v2+json`;
    this.manifest = Buffer.from(JSON.stringify({
      schemaVersion: 2,
      mediaType: this.type,
      config: add(Buffer.from(JSON.stringify(config)), `${type}container.image.v1+json`),
      layers: layers.map((layer) => add(gzipSync(layer, { level: 1 }), `${type}image.rootfs.diff.tar.gzip`)),
    }));
    this.slow = JSON.parse(this.manifest).layers.at(-1).digest;
    this.free = new Promise((done) => (this.release = done));
    this.server = http.createServer((request, response) => void this.answer(request, response));
  }
  async start() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.image = `127.0.0.1:${this.server.address().port}/slow:1`;
    return this;
  }
  stop() {
    this.release();
    this.server.closeAllConnections();
    this.server.close();
  }
  async answer(request, response) {
    const send = (bytes, type, name) => {
      response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.length, 'Docker-Content-Digest': name });
      return request.method !== 'HEAD';
    };
    if (request.url === '/v2/') return response.writeHead(200, { 'Docker-Distribution-Api-Version': 'registry/2.0' }).end();
    if (request.url.startsWith('/v2/slow/manifests/')) return send(this.manifest, this.type, digest(this.manifest)) ? response.end(this.manifest) : response.end();
    const name = request.url.split('/').at(-1);
    const bytes = request.url.startsWith('/v2/slow/blobs/') ? this.blobs.get(name) : undefined;
    if (!bytes) return response.writeHead(404).end();
    if (!send(bytes, 'application/octet-stream', name)) return response.end();
    if (name === this.slow) {
      // Piece by piece: the engine tells of progress as it reads, not as it waits.
      const half = Math.floor(bytes.length / 2);
      for (let at = 0; at < half; at += 150_000) {
        response.write(bytes.subarray(at, Math.min(half, at + 150_000)));
        await new Promise((done) => setTimeout(done, 120));
      }
      await this.free;
      return response.end(bytes.subarray(half));
    }
    response.end(bytes);
  }
}
