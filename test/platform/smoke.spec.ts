import { expect, test } from '@jest/globals';
import { Decimal } from 'decimal.js';
test('runs', () => { expect(new Decimal('0.1').plus('0.2').toFixed()).toBe('0.3'); });
