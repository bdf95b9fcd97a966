/** The beginnings of images in base64, with their media types. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ['iVBORw', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
];

/** The media type of an image, by its first bytes; PNG if they are unknown. */
export function mediaTypeOf(base64: string): string {
  return SIGNATURES.find(([start]) => base64.startsWith(start))?.[1] ?? 'image/png';
}

/** The base64 text of a data URL; undefined if it is none, or not in base64. */
export function base64Of(url: string): string | undefined {
  const comma = url.indexOf(',');
  if (!url.startsWith('data:') || comma < 0 || !url.slice(0, comma).endsWith(';base64')) return undefined;
  return url.slice(comma + 1);
}
