/** The console as one HTML document, made by `npm run build`. */
export declare const PAGE: string;
