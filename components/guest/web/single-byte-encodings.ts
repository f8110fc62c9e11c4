/**
 * The encodings with one byte for each character, as https://encoding.spec.whatwg.org/#legacy-single-byte-encodings lists
 * them. Only the most usual one: the tables of all 28 make the image of every agent 142 KB larger.
 *
 * @module
 */

/** By name: the other labels, between spaces, and what the last bytes up to 0xff stand for. Those before are as in Latin-1. */
export const SINGLE_BYTE_ENCODINGS: Readonly<
  Record<string, readonly [labels: string, last: string]>
> = {
  'windows-1252': [
    'ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii x-cp1252',
    '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ\u00a0¡¢£¤¥¦§¨©ª«¬\u00ad®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ',
  ],
}
