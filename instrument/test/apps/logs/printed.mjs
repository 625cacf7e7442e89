// What a process logs by the console, the kit's logger, OpenTelemetry's API and as exceptions; then it ends as END says.
import { logs } from '@opentelemetry/api-logs';
import { trace } from '@opentelemetry/api';
import { captureException } from '@sonde/instrument/exceptions';
import { logLevels, logger, setLogLevel } from '@sonde/instrument/log';

const log = logger('checkout.cart');
console.log('hello %s', 'world', { a: 1 });
console.error('failed:\n', new RangeError('too\nfar'));
trace.getTracer('test').startActiveSpan('work', (span) => {
  log.info('paid', { amount: 5, card: { cvv: '123', brand: 'x' } });
  log.child({ request: 'r1' }).error('refused', new TypeError('no\nmoney'));
  console.warn('within');
  span.end();
});
log.debug('of the cart');
logs.getLogger('by-api').emit({ body: { token: 't', a: [1, null] }, eventName: 'thing.done' });
captureException(new Error('handled'));
console.trace('here');
console.assert(process.argv.length > 99, 'one is %s', 'less');
console.log();
setLogLevel('error', 'checkout');
log.warn('held back');
log.fatal('the last', { levels: logLevels() });
if (process.env.END === 'throw') throw new TypeError('nobody catches this');
if (process.env.END === 'exit') process.exit(0);
