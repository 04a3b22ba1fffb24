/**
 * Folded first words of Vietnamese names that tell a name from other words, those of the peoples of Kon Tum among them. Not
 * complete and never used to refuse a name.
 */
export const FAMILY_NAMES: ReadonlySet<string> = new Set(
  'nguyen|tran|le|pham|hoang|huynh|phan|vu|vo|dang|bui|do|ho|ngo|duong|ly|a|y|u|ro|k|dinh|trinh|dao|mai|truong|lam|doan|luong|ha|to|ta|chau|cao|thai|nong|vi|hua|tong|phung|kieu|quach|la|luu|trieu|siu|ksor|nay|rcom|kpa|rah|nie'.split(
    '|',
  ),
)
