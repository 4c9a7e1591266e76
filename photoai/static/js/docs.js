// The API, to be read and tried; a visitor who is signed in tries it as themselves.

const viewer = document.querySelector("#viewer");

globalThis.SwaggerUIBundle({
  domNode: viewer,
  url: viewer.dataset.description,
  deepLinking: true,
  validatorUrl: null, // no word to other hosts
  docExpansion: "none",
  filter: true,
  requestInterceptor(request) {
    const token = document.cookie.match(/(?:^|; )csrf_access_token=([^;]*)/);
    if (token && request.method !== "GET") request.headers["X-CSRF-TOKEN"] = token[1];
    return request;
  },
});
