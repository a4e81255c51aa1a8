import { checkFamilies } from "./checked.ts";
import { families } from "./families/index.ts";

checkFamilies(families.places);
