import { metadataOf } from './installed-versions.ts';
import { markerHolds } from './marker.ts';
import { normalized } from './requirements.ts';
import type { PythonTarget } from './target.ts';

/** Packages that those in a folder need on the target and that are not there, each as `NAME of PACKAGE`. */
export function missingPackages(folder: string, target: PythonTarget): string[] {
  const installed = metadataOf(folder);
  return [...installed].flatMap(([name, header]) =>
    [...header.matchAll(/^Requires-Dist:\s*([A-Za-z0-9][\w.-]*)[^;\n]*(?:;(.*))?$/gim)]
      .filter(([, wanted = '', marker]) => {
        const isWanted = marker === undefined || markerHolds(marker, target) === true;
        return isWanted && !installed.has(normalized(wanted));
      })
      .map(([, wanted = '']) => `${wanted} of ${name}`),
  );
}
