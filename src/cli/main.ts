#!/usr/bin/env node
import { handleSignals } from './signals.js';

handleSignals();
const { runProgram } = await import('./program.js');
await runProgram();
