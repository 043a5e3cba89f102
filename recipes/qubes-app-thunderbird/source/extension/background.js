// SPDX-License-Identifier: GPL-2.0-or-later
// Entries in the menu of an attachment that open it in a disposable domain. This program only hands it on, in pieces,
// to the native host: one host for each attachment.
'use strict';

const HOST = 'qubes_attachments';
const PIECE = 384 * 1024; // bytes; as base64 half of what the host takes as one message

const MODES = { open: 'Open in a disposable', view: 'View in a disposable' };

/** Base64 of bytes, by parts that an argument list can hold. */
function base64Of(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}

/** Has one file opened; resolves when it is closed, or the host's connection is, and rejects with the host's reason. */
async function send(file, name, mode) {
  const port = messenger.runtime.connectNative(HOST);
  const answered = new Promise((resolve, reject) => {
    port.onMessage.addListener(({ result, error }) => {
      if (error !== undefined) reject(new Error(error));
      else if (result === 'closed') resolve();
    });
    port.onDisconnect.addListener((ended) => reject(ended.error ?? new Error('The native host ended.')));
  });
  const posted = async () => {
    port.postMessage({ type: 'begin', name, mode });
    for (let at = 0; at < file.size; at += PIECE) {
      const piece = new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer());
      port.postMessage({ type: 'data', base64: base64Of(piece) });
    }
    port.postMessage({ type: 'end' });
  };
  // A host that ends early has said why: that is told rather than that nothing can be posted any more.
  await Promise.all([answered, posted().catch(() => answered)]);
}

/** The message that a tab shows; a list in some versions of the interface, an object with one in others. */
async function shownMessage(tab) {
  const shown = await messenger.messageDisplay.getDisplayedMessages(tab.id);
  const [message] = shown.messages ?? shown;
  return message;
}

function tell(name, error) {
  return messenger.notifications.create({
    type: 'basic',
    iconUrl: 'icon.svg',
    title: 'Qubes attachments',
    message: `${name}: ${error.message}`,
  });
}

async function openAttachment({ name, partName }, message, mode) {
  try {
    const file = await messenger.messages.getAttachmentFile(message.id, partName);
    await send(file, name, mode);
  } catch (error) {
    await tell(name, error);
  }
}

/** All at once: each stays open for as long as the person looks at it. */
async function openAttachments({ menuItemId, attachments = [] }, tab) {
  const message = await shownMessage(tab);
  await Promise.all(attachments.map((attachment) => openAttachment(attachment, message, menuItemId)));
}

for (const [id, title] of Object.entries(MODES)) {
  messenger.menus.create({ id, title, contexts: ['message_attachments', 'all_message_attachments'] });
}
messenger.menus.onClicked.addListener(openAttachments);
