// Checks the public API of the build: that every type it uses is exported and documented, that the examples of its
// comments compile, and that etc/ holds its report. With --update it writes the report instead.
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { publicFiles } from './public-files.mjs';

/** What the examples take for granted. */
const PREAMBLE = `import { OnEvent } from '@nestjs/event-emitter';
import { Injectable, Module } from '@nestjs/common';
import { HealthCheckService } from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  AgentEvent,
  AgentSessionsError,
  createClient,
  SessionEvent,
  SessionsClient,
} from 'nestjs-agent-sessions/client';
import type { DataSource } from 'typeorm';

import {
  Agent,
  AgentFunction,
  AgentProvider,
  AgentSessionsException,
  askUser,
  requireApproval,
  AgentErrorListener,
  OwnerResolver,
  SessionsOptionsError,
  ChatMessage,
  SessionsHealthIndicator,
  SessionsService,
  Turn,
  TurnCompletedEvent,
  TurnOutput,
  entities,
  getSessionsHealthToken,
  getSessionsToken,
  InjectSessions,
  InjectSessionsHealth,
  lifecycleEvents,
  migrations,
  SessionsModule,
} from 'nestjs-agent-sessions';

declare const client: SessionsClient;
declare const dataSource: DataSource;
declare const sessions: SessionsService;
declare const sessionId: string;
declare const turnId: string;
declare const interruptId: string;
`;

const file = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const examplesCompile = compileExamples();
const { configObject, packageJsonFullPath } = loadConfig();
const reports = [
  { entry: 'index', report: 'nestjs-agent-sessions' },
  { entry: 'client/index', report: 'nestjs-agent-sessions-client' },
].map(({ entry, report }) => extract(entry, report));
if (reports.some(({ apiReportChanged }) => apiReportChanged)) {
  console.error('The public API has changed; look at it after: npm run lint:api -- --update');
}
process.exitCode = reports.every(({ succeeded }) => succeeded) && examplesCompile ? 0 : 1;

function loadConfig() {
  const path = file('api-extractor.json');
  return { configObject: ExtractorConfig.loadFile(path), packageJsonFullPath: file('package.json') };
}

/** Checks what one entry of the package exports, against its report. */
function extract(entry, reportFileName) {
  const config = ExtractorConfig.prepare({
    configObject: {
      ...configObject,
      mainEntryPointFilePath: file(`dist/esm/${entry}.d.ts`),
      apiReport: { ...configObject.apiReport, reportFileName },
    },
    configObjectFullPath: file('api-extractor.json'),
    packageJsonFullPath,
  });
  const localBuild = process.argv.includes('--update');
  return Extractor.invoke(config, { localBuild, messageCallback: allowInjected });
}

/**
 * Nest calls the constructors of exported classes and makes the base class of the module, so what these name is not
 * part of the API.
 */
function allowInjected(message) {
  if (message.messageId !== 'ae-forgotten-export') return;
  const line = readFileSync(message.sourceFilePath, 'utf8').split('\n')[message.sourceFileLine - 1] ?? '';
  if (/^\s*constructor\(|extends ConfigurableModuleClass/.test(line)) message.logLevel = 'none';
}

/** Compiles each example as a function of its own; false if one of them is wrong. */
function compileExamples() {
  const examples = publicFiles().flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/@example\s+\* ```ts\n(.*?)\n\s*\* ```/gs)].map(([, code]) =>
      code.replace(/^\s*\* ?/gm, ''),
    ),
  );
  const functions = examples.map((code, index) => `export async function example${index}() {\n${code}\n}`);
  mkdirSync(file('temp/api'), { recursive: true });
  writeFileSync(file('temp/api/examples.ts'), [PREAMBLE, ...functions].join('\n\n'));
  const compilerOptions = {
    noEmit: true,
    noImplicitReturns: false,
    isolatedModules: false,
    rootDir: '../..',
  };
  const config = { extends: '../../tsconfig.json', compilerOptions, include: ['examples.ts'], exclude: [] };
  config.compilerOptions.paths = {
    'nestjs-agent-sessions': ['../../dist/esm/index.d.ts'],
    'nestjs-agent-sessions/client': ['../../dist/esm/client/index.d.ts'],
  };
  writeFileSync(file('temp/api/tsconfig.json'), JSON.stringify(config));
  const tsc = [file('node_modules/typescript/bin/tsc'), '-p', file('temp/api')];
  return spawnSync(process.execPath, tsc, { stdio: 'inherit' }).status === 0;
}
