import { migrations } from 'nestjs-agent-sessions';
import { DataSource } from 'typeorm';

/** Where the application and TypeORM's command line find the database; add your own migrations to the list. */
export default new DataSource({ type: 'postgres', url: process.env.DATABASE_URL, migrations });
