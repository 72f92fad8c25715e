// <kg-facets> around the form of /browse: what is chosen shows at once, and stays in the address.

class Facets extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", ({ target }) => target.form && this.go(this.addressOf(target.form), true));
    window.addEventListener("popstate", () => this.go(location.href, false));
  }

  addressOf(form) {
    const address = new URL(form.action);
    address.search = new URLSearchParams([...new FormData(form)].filter(([name, value]) => name !== "sort" || value !== "relevance"));
    return address.href;
  }

  go(address, isNew) {
    this.request?.abort();
    const request = (this.request = new XMLHttpRequest());
    request.open("GET", address);
    request.responseType = "document";
    request.setRequestHeader("Accept", "text/html");
    this.setAttribute("aria-busy", "true");
    request.addEventListener("load", () => {
      const found = request.status === 200 && request.response?.querySelector("kg-facets");
      if (!found) return location.assign(address);
      if (isNew) history.pushState(null, "", address);
      this.show(request.response.title, found);
    });
    request.addEventListener("error", () => location.assign(address));
    request.send();
  }

  /** Put what came in the place of what is there; what is open stays open, and the focus where it is. */
  show(title, found) {
    const focused = document.activeElement?.id;
    const open = new Map([...this.querySelectorAll("details")].map((item) => [item.id, [item.open, item.querySelector("ul").scrollTop]]));
    document.title = title;
    this.replaceChildren(...found.childNodes);
    const details = [...this.querySelectorAll("details")];
    for (const item of details) {
      const [isOpen, top] = open.get(item.id) ?? [item.open, 0];
      item.open = isOpen;
      item.querySelector("ul").scrollTop = top;
    }
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    this.removeAttribute("aria-busy");
    document.getElementById("told").textContent = this.querySelector("#found").textContent;
  }
}

customElements.define("kg-facets", Facets);
