import { register } from 'node:module';

register('./unchained-hooks.js', import.meta.url);
