// What of a clipboard is an image, and which pastes are text. Knows no component.

const NO_TEXT = ["button", "checkbox", "color", "file", "image", "radio", "range", "reset", "submit"]; // kinds of <input>
const PREFERRED = ["image/png", "image/webp", "image/jpeg", "image/bmp"];

/**
 * Whether people type there.
 * @param {EventTarget} place
 */
export function isForText(place) {
  if (place instanceof HTMLInputElement) return !NO_TEXT.includes(place.type);
  return place instanceof HTMLTextAreaElement || (place instanceof HTMLElement && place.isContentEditable);
}

/**
 * Of some things from the clipboard the image in the format that is best read; undefined without an image.
 * @template T
 * @param {T[]} choices
 * @param {(choice: T) => string} typeOf
 * @returns {T | undefined}
 */
export function preferred(choices, typeOf) {
  const images = choices.filter((choice) => typeOf(choice).startsWith("image/"));
  const ranked = PREFERRED.map((type) => images.find((image) => typeOf(image) === type));
  return ranked.find(Boolean) ?? images[0];
}
