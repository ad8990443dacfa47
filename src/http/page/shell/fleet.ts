// The fleet that the device is part of.

/** Where the page of all devices is, for the page of a device that a fleet server has; else undefined. */
export const FLEET = document.documentElement.dataset.fleet;
