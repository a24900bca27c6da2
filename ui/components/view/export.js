// What leaves a page: text to the clipboard, files to the disk.

/**
 * Pages that are not served over https have no clipboard; there a hidden text box is selected and copied.
 * @param {string} text
 * @returns whether it was copied
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = document.createElement("textarea");
    box.value = text;
    box.style.cssText = "position: fixed; opacity: 0;";
    document.body.append(box);
    box.select();
    const copied = document.execCommand("copy");
    box.remove();
    return copied;
  }
}

/**
 * Have the browser save a file.
 * @param {string} name
 * @param {string} href a data or blob URL
 */
export function save(name, href) {
  const link = document.createElement("a");
  [link.download, link.href] = [name, href];
  link.click();
}
