import { useEffect, useState } from 'preact/hooks';
import { Header } from './components/header.tsx';
import { HelpOverlay } from './components/help-overlay.tsx';
import { EmptyNotice } from './components/notice.tsx';
import { LogsPage } from './pages/logs.tsx';
import { MetricPage } from './pages/metric.tsx';
import { MetricsPage } from './pages/metrics.tsx';
import { SendPage } from './pages/send.tsx';
import { ServicePage } from './pages/service.tsx';
import { ServicesPage } from './pages/services.tsx';
import { TracePage } from './pages/trace.tsx';
import { TracesPage } from './pages/traces.tsx';
import { servicesPath } from './routes.ts';
import type { Page } from './routes.ts';
import { page } from './state/location.ts';
import { range } from './state/range.ts';
import { status } from './state/status.ts';

/** The frame of every page, and the page that the address names. */
export function App() {
  const [help, setHelp] = useState(false);
  const shown = page.value;
  useEffect(() => {
    document.title = titleOf(shown);
  }, [shown]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <Header showHelp={() => setHelp(true)} />
      <main id="main" tabIndex={-1}>
        <PageView page={shown} />
      </main>
      {help && <HelpOverlay close={() => setHelp(false)} />}
    </>
  );
}

function PageView({ page: shown }: { readonly page: Page }) {
  const empty = status.value?.hasData === false;
  switch (shown.kind) {
    case 'services':
      return empty ? <SendPage waiting /> : <ServicesPage />;
    case 'service':
      return <ServicePage key={shown.name} name={shown.name} />;
    case 'traces':
      return empty ? <SendPage waiting /> : <TracesPage />;
    case 'trace':
      return <TracePage key={shown.traceId} traceId={shown.traceId} />;
    case 'logs':
      return empty ? <SendPage waiting /> : <LogsPage />;
    case 'metrics':
      return empty ? <SendPage waiting /> : <MetricsPage />;
    case 'metric':
      return <MetricPage key={shown.name} name={shown.name} />;
    case 'send':
      return <SendPage waiting={empty} />;
    case 'unknown':
      return (
        <EmptyNotice title="There is no such page">
          <p>
            The address leads nowhere. Start again from <a href={servicesPath(range.value)}>Services</a>.
          </p>
        </EmptyNotice>
      );
  }
}

function titleOf(shown: Page): string {
  switch (shown.kind) {
    case 'service':
    case 'metric':
      return `${shown.name} · Sonde`;
    case 'trace':
      return `Trace ${shown.traceId.slice(0, 8)} · Sonde`;
    case 'services':
      return 'Services · Sonde';
    case 'traces':
      return 'Traces · Sonde';
    case 'logs':
      return 'Logs · Sonde';
    case 'metrics':
      return 'Metrics · Sonde';
    case 'send':
      return 'Send data · Sonde';
    case 'unknown':
      return 'Sonde';
  }
}
