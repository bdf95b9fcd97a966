import { migrations } from 'nestjs-agent-sessions';
import { DataSource } from 'typeorm';

/** The database, for the application and TypeORM's command line; add your own migrations to the list. */
export default new DataSource({ type: 'postgres', url: process.env.DATABASE_URL, migrations });
