"use strict";
const form = JSON.parse(document.getElementById("form").textContent);
const fields = [...document.querySelectorAll("[data-row]")];
const progress = document.getElementById("progress");
let isSaved = true;

function cell(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function rows() {
  const filled = form.rows.map((row) => [...row]);
  for (const field of fields) {
    filled[Number(field.dataset.row)][form.columns.indexOf(field.dataset.column)] = field.value.trim();
  }
  return filled;
}

function show(more) {
  const rated = fields.filter((field) => field.dataset.column === "rating" && field.value).length;
  progress.textContent = `${rated} of ${form.rows.length} rated${more}`;
}

document.addEventListener("input", () => {
  isSaved = false;
  show(", not saved");
});

document.getElementById("save").addEventListener("click", () => {
  const lines = [form.columns, ...rows()].map((row) => row.map(cell).join(","));
  const file = new Blob([`${lines.join("\n")}\n`], { type: "text/csv;charset=utf-8" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = form.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  isSaved = true;
  show(`, saved as ${form.name}`);
});

window.addEventListener("beforeunload", (event) => {
  if (!isSaved) {
    event.preventDefault();
  }
});
