import type { components } from '../../../generated/api';
import type { Tone } from '../../ui/basics';

type Status = components['schemas']['Overview']['status'];

export const STATUS_TONES: Readonly<Record<Status, Tone>> = { active: 'good', limited: 'warn', suspended: 'bad', term_ended: 'bad', closed: 'plain' };
