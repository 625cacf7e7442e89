throw new Error('there is no DTrace here');
