/** What a process of the API loads before it starts the worker of its model: only what is imported statically. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'chai';
import { fromRoot } from '../../fixtures/paths.js';

const STATIC_IMPORT = /^(?:import|export) (?:[^'"]* from )?['"](.+)['"];$/gm;

/** @returns the names of the packages and of Node's modules that a program and the modules of the workspaces import */
function packagesOf(program: string): ReadonlySet<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(STATIC_IMPORT)) {
      if (name.startsWith('.') || name.startsWith('@hangtag/')) visit(createRequire(file).resolve(name));
      else packages.add(name);
    }
  };
  visit(fromRoot(program));
  return packages;
}

describe('A process of the API', () => {
  for (const program of ['tools/dist/api-command.js', 'functions/dist/api/alone.js']) {
    it(`starts its worker before it loads schemas, servers, routes and calendars: ${program}`, () => {
      const packages = packagesOf(program);

      expect(packages).to.include('node:child_process');
      for (const name of ['zod', 'node:http', '@hono/zod-openapi', '@hono/node-server', 'temporal-polyfill'])
        expect(packages, name).not.to.include(name);
    });
  }

  it('ends with its worker if the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const program = spawn(process.execPath, [fromRoot('tools/dist/api-command.js'), '--port', `${port}`]);

    try {
      expect(await once(program, 'exit')).to.deep.equal([2, null]);
    } finally {
      program.kill('SIGKILL');
      taken.close();
    }
  });

  it('loads all of them with its routes', () => {
    expect(packagesOf('functions/dist/api/every-route.js')).to.include.all.keys(
      'zod',
      '@hono/zod-openapi',
      '@hono/node-server',
      'temporal-polyfill',
    );
  });
});
