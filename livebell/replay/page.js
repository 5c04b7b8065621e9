// Fetches this page again every few seconds and puts the new content in place while it is live.
(() => {
  const every = 3000;
  const refresh = async () => {
    const answer = await fetch(location.pathname, { cache: "no-cache" }).catch(() => null);
    const here = document.getElementById("live-blog");
    if (answer?.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("live-blog");
      const known = new Set([...here.querySelectorAll("article[id]")].map((article) => article.id));
      if (fresh && fresh.innerHTML !== here.innerHTML.replaceAll(' class="arrived"', "")) {
        for (const article of fresh.querySelectorAll("article[id]")) {
          if (!known.has(article.id)) article.className = "arrived";
        }
        here.replaceWith(fresh);
        document.title = page.title;
      }
    }
    if (document.getElementById("live-blog").dataset.live === "true") setTimeout(refresh, every);
  };
  setTimeout(refresh, every);
})();
