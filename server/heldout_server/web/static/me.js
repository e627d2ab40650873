// Who reads this page, as far as their browser knows: pages are the same bytes for everybody. A
// readable cookie with the public id, or what the page after joining has left here; no secret.
// Other scripts read <html data-me="p_…">; there is none while nobody is known.
const { slug } = document.getElementById("me-script").dataset;

function known() {
  const cookie = document.cookie.match(`(?:^|; )heldout_me_${slug}=([^;]+)`);
  if (cookie) return decodeURIComponent(cookie[1]);
  try {
    return JSON.parse(localStorage.getItem(`heldout-me-${slug}`))?.id;
  } catch {
    return null; // storage may be forbidden, or hold something else
  }
}

const id = known();
if (id) document.documentElement.dataset.me = id;
