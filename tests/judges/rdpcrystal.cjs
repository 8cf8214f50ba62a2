// Print what RDPCrystal EDI Library says of each file: a line of JSON each, the list of its errors.
// Usage: node rdpcrystal.cjs FOLDER_OF_THE_PACKAGE FILE...
const fs = require("node:fs");
const path = require("node:path");

const [folder, ...files] = process.argv.slice(2);
const { RDPCrystalEDILibrary: edi } = require(path.resolve(folder, "lib", "RDPCrystalEDILibrary"));
const rulesFolder = path.join(folder, "validationrules", "5010");
const rules = fs.readdirSync(rulesFolder);
const read = new Map();

function rulesOf(text) {
  const version = text.match(/\*(005010X[0-9]{3}A[0-9])~/)?.[1];
  const name = rules.find((one) => version && one.endsWith(`${version}.Rules`));
  if (!name) throw new Error(`no rules for ${version}`);
  if (!read.has(name)) read.set(name, fs.readFileSync(path.join(rulesFolder, name), "utf8"));
  return read.get(name);
}

for (const file of files) {
  const errors = [];
  try {
    const text = fs.readFileSync(file, "latin1");
    const validator = new edi.EDIValidator();
    validator.EDIRulesFileData = rulesOf(text);
    validator.EDIDataString = text;
    validator.validate();
    for (let index = 0; index < validator.Errors.Count; index += 1) {
      const one = validator.Errors.getItem(index);
      errors.push(`SNIP ${one.SnipLevel}, line ${one.LineNumber}, ${one.Loop} ${one.Segment}: ${one.Description}`);
    }
  } catch (error) {
    errors.push(`could not be validated: ${error.message}`);
  }
  console.log(JSON.stringify(errors));
}
