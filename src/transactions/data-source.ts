/** Injection token of the TypeORM data source that the module uses. */
export const DATA_SOURCE = Symbol.for('nestjs-agent-sessions:data-source');
