/** Loaded before an instance starts: its clock is an hour ahead of everybody else's. Nothing of the contract may depend on it. */
const real = Date.now.bind(Date);
Date.now = () => real() + 3_600_000;
