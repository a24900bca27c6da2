// An image as text for Python, or a sentence about why it cannot be given.

/**
 * @param {Blob} image
 * @param {number} most bytes
 * @returns {Promise<{data?: string, refusal?: string}>} `data` in base64
 */
export async function asText(image, most) {
  const size = (image.size / 1e6).toFixed(1);
  if (image.size > most) return { refusal: `The image has ${size} MB; at most ${most / 1e6} MB are read: make it smaller first.` };
  if (!image.size) return { refusal: "The image is empty; copy another one." };
  const data = await base64(image).catch(() => undefined);
  return data ? { data } : { refusal: "The image cannot be read; copy it anew." };
}

/**
 * @param {Blob} image
 * @returns {Promise<string>}
 */
function base64(image) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).slice(String(reader.result).indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(image);
  });
}
