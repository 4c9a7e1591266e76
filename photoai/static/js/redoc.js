// The API, to be read.

const viewer = document.querySelector("#viewer");

globalThis.Redoc.init(viewer.dataset.description, { disableSearch: false, hideDownloadButton: false }, viewer);
