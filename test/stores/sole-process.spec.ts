import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import Database from 'better-sqlite3';
import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DataSource } from 'typeorm';

import { SoleProcess } from '../../src/database/sqlite/sole-process.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';

describe('the warning of a second process on one SQLite file', () => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  let folder: TemporaryFolder;
  let file: string;
  let open: DataSource[] = [];

  beforeEach(async () => {
    folder = await temporaryFolder();
    file = join(folder.path, 'test.sqlite');
    warn.mockClear();
  });
  afterEach(async () => {
    for (const dataSource of open) await dataSource.destroy();
    open = [];
    await folder.remove();
  });

  const connect = async (database: string, readonly = false): Promise<SoleProcess> => {
    const dataSource = await new DataSource({ type: 'better-sqlite3', database, readonly }).initialize();
    open.push(dataSource);
    return new SoleProcess(dataSource);
  };

  it('names the file, and is logged once for all modules of the process', async () => {
    const modules = [await connect(file), await connect(file)];
    const other = new Database(`${file}-lock`);
    other.exec('BEGIN EXCLUSIVE');
    for (const one of modules) one.begin();
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(
      expect.stringContaining(`Another process uses test.sqlite as well (${file})`),
    );
    for (const one of modules) one.end();
    other.close();
    modules[0]?.begin();
    expect(warn).toHaveBeenCalledTimes(1);
    modules[0]?.end();
  });

  it('is not logged for modules and apps of one process, also if they open the file by different paths', async () => {
    const first = await connect(file);
    const link = join(folder.path, 'link.sqlite');
    await symlink(file, link);
    const second = await connect(link);
    first.begin();
    second.begin();
    first.end();
    const third = await connect(file);
    third.begin();
    expect(warn).not.toHaveBeenCalled();
    const other = new Database(`${file}-lock`, { timeout: 0 });
    expect(() => other.exec('BEGIN EXCLUSIVE')).toThrow('database is locked');
    other.close();
    second.end();
    third.end();
    expect(await readdir(folder.path)).not.toContain('test.sqlite-lock');
  });

  it('is not logged for what another process cannot share or change', async () => {
    (await connect(file)).begin();
    const other = await connect(file, true);
    other.begin();
    other.end();
    for (const memory of [':memory:', '']) (await connect(memory)).begin();
    expect(warn).not.toHaveBeenCalled();
    expect((await readdir(folder.path)).sort()).toEqual(['test.sqlite', 'test.sqlite-lock']);
  });

  it('is not logged before the host has connected, and the stop has nothing to do then', () => {
    const later = new SoleProcess(new DataSource({ type: 'better-sqlite3', database: file }));
    later.begin();
    later.end();
    expect(warn).not.toHaveBeenCalled();
  });
});
