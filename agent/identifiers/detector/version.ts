/** Counts of different detectors are not to be compared, so the version rises with every rule that changes one. */
export const detectorVersion = 'portcullis-1';
