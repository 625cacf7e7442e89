// Does nothing until its parent process lets go; then there is nothing left that would keep it.
process.send('here');
process.once('disconnect', () => undefined);
