import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addDays, endOfDay, instantText, isDate, isTimeZone, localDate, startOfDay } from '../../src/domain/calendar.js';

const iso = (instant: number): string => new Date(instant).toISOString();
const HOUR = 3_600_000;

describe('calendar days in the licensee’s zone (SPEC 3)', () => {
  it('begins a day at the zone’s own midnight, from UTC+14 to UTC-11', () => {
    expect(iso(startOfDay('2026-12-31', 'Pacific/Kiritimati'))).toBe('2026-12-30T10:00:00.000Z');
    expect(iso(endOfDay('2026-12-31', 'Pacific/Kiritimati'))).toBe('2026-12-31T10:00:00.000Z');
    expect(iso(startOfDay('2026-12-31', 'Pacific/Pago_Pago'))).toBe('2026-12-31T11:00:00.000Z');
    expect(iso(endOfDay('2026-12-31', 'Pacific/Pago_Pago'))).toBe('2027-01-01T11:00:00.000Z');
  });

  it('has days of 23 and 25 hours where clocks change', () => {
    expect(endOfDay('2026-03-29', 'Europe/Berlin') - startOfDay('2026-03-29', 'Europe/Berlin')).toBe(23 * HOUR);
    expect(endOfDay('2026-10-25', 'Europe/Berlin') - startOfDay('2026-10-25', 'Europe/Berlin')).toBe(25 * HOUR);
  });

  it('begins a day at its first instant where midnight does not exist', () => {
    expect(iso(startOfDay('2026-04-24', 'Africa/Cairo'))).toBe('2026-04-23T22:00:00.000Z');
    expect(localDate(startOfDay('2026-04-24', 'Africa/Cairo'), 'Africa/Cairo')).toBe('2026-04-24');
  });

  it('counts days and not hours: 30 days over a change of clocks', () => {
    expect(addDays('2026-03-15', 30)).toBe('2026-04-14');
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
  });

  it('gives every instant to the day whose bounds hold it', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Asia/Kathmandu');
    const instants = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2040-01-01') });
    fc.assert(
      fc.property(zones, instants, (zone, instant) => {
        const date = localDate(instant, zone);
        expect(startOfDay(date, zone)).toBeLessThanOrEqual(instant);
        expect(endOfDay(date, zone)).toBeGreaterThan(instant);
        expect(localDate(startOfDay(date, zone) - 1, zone)).toBe(addDays(date, -1));
        expect(localDate(endOfDay(date, zone), zone)).toBe(addDays(date, 1));
      }),
    );
  });

  it('knows what is a date, a zone and an instant', () => {
    expect(['2026-02-29', '2026-13-01', '26-01-01', '2026-1-1', '2026-01-01T00:00'].map(isDate)).not.toContain(true);
    expect(['2028-02-29', '2026-12-31'].map(isDate)).toEqual([true, true]);
    expect(['Europe/Berlin', 'UTC', 'Mars/Olympus', ''].map(isTimeZone)).toEqual([true, true, false, false]);
    expect(instantText(Date.parse('2026-06-15T12:00:00.007Z'))).toBe('2026-06-15T12:00:00.007Z');
  });

  it('writes every instant as itself, in whatever order they are asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1, 2, 999, 1_781_524_800_007), { maxLength: 30 }), (instants) => {
        expect(instants.map(instantText)).toEqual(instants.map((instant) => new Date(instant).toISOString()));
      }),
    );
  });
});
