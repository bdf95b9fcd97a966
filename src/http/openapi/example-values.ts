/** The ids and times of the session, the turn and the delivery in the examples. */
export const SESSION_ID = '550e8400-e29b-41d4-a716-446655440000';
export const TURN_ID = '9f6ae1c8-7bde-4f0a-9f42-6d3f5c5f8a11';
export const DELIVERY_ID = '0b3d7c52-61f4-4c0e-8a57-2f1f3f7f9e10';
export const CREATED = '2026-05-04T09:30:00.000Z';
export const UPDATED = '2026-05-04T09:30:02.500Z';

export const INTERRUPT_ID = 'c3d4f0a2-6f0e-4a39-9b1d-2f3e4d5c6b7a';
