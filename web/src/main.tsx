import { render } from 'preact';
import { App } from './app.tsx';
import { listenToKeys } from './state/keys.ts';
import { followLinks } from './state/location.ts';
import { startAutoRefresh } from './state/range.ts';
import { watchStatus } from './state/status.ts';
import { applyTheme } from './state/theme.ts';

applyTheme();
followLinks();
listenToKeys();
startAutoRefresh();
void watchStatus();

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
