/**
 * What the first lines of a PAKN are about most often, in the words of its title. `when` reads folded text with a space at
 * both ends. `{matter}` is the procedure; `without` stands where none was named, null where the pattern then says too little.
 */
export type TitlePattern = { when: RegExp; title: string; without: string | null }

export const TITLE_PATTERNS: readonly TitlePattern[] = [
  {
    when: / (?:chua (?:co|nhan duoc|nhan|thay|tra|duoc tra|duoc nhan|ra|lay duoc|duoc) (?:ket qua|kq|so|bia|giay|ho so)|chua (?:thay )?tra (?:loi|ket qua|kq|so)|chua (?:giai quyet|xong|duoc giai quyet|duoc cap|cap)|(?<!khong |khong bi |het )(?:cham tra|cham giai quyet|cham cap|cham xu ly|tre hen|qua hen|qua han|qua thoi han|tre han)|khong tra (?:ket qua|kq)|hen (?:di hen lai|lan hen luot|nhieu lan|mai|hoai)|cu (?:bao|keu|noi|hen) cho|ngam ho so|keo dai (?:thoi gian|ho so)) /,
    title: 'Chậm trả kết quả {matter}',
    without: 'Chậm trả kết quả hồ sơ',
  },
  {
    when: / (?:(?:doi|bat|yeu cau|keu|bao|bat em|bat toi) (?:phai )?(?:nop |lam |bo sung |co |xin )?(?:them|thua|nhieu) (?:nhieu )?(?:giay|ho so|loai giay|thu giay|xac nhan)|(?:them|thua) giay to|bo sung (?:ho so |giay to |giay )?(?:nhieu lan|hoai|mai|lien tuc|may lan)|giay to (?:khong co |ngoai )(?:trong )?(?:quy dinh|danh muc|thanh phan)) /,
    title: 'Yêu cầu thêm giấy tờ khi làm thủ tục {matter}',
    without: 'Yêu cầu thêm giấy tờ khi làm thủ tục',
  },
  {
    when: / (?:thai do|quat thao|quat mang|quat em|quat toi|to tieng|hach sach|sach nhieu|nhung nhieu|cua quyen|coi thuong|khong lich su|thieu ton trong|thieu lich su|gay (?:kho de|kho khan|phien ha)) /,
    title: 'Thái độ phục vụ của cán bộ khi giải quyết thủ tục {matter}',
    without: 'Thái độ phục vụ của cán bộ',
  },
  {
    when: / (?:(?:thu|nop|dong|tra|mat) (?:them |qua nhieu |nhieu |cac )?(?:phi|le phi|tien phi|tien le phi)|(?:phi|le phi) (?:cao|qua cao|khong dung|sai|vo ly)|thu (?:sai|them) tien|thu tien khong (?:bien lai|hoa don|phieu)) /,
    title: 'Việc thu phí, lệ phí khi làm thủ tục {matter}',
    without: 'Việc thu phí, lệ phí khi làm thủ tục hành chính',
  },
  {
    when: / (?:dich vu cong|dvc|dvctt|nop (?:ho so )?(?:online|truc tuyen|tren mang|qua mang)|vneid)(?: \S+){0,12} (?:loi|khong duoc|ko dc|ko duoc|khong vao|khong nop|khong dang nhap|treo|kho|bi tra|tu choi) /,
    title: 'Khó khăn khi nộp hồ sơ {matter} trực tuyến',
    without: 'Khó khăn khi nộp hồ sơ trực tuyến',
  },
  {
    when: / (?:(?:khong|ko|k) (?:chiu )?(?:nhan|tiep nhan) (?:ho so|don|giay)|tu choi (?:nhan|tiep nhan)|tra (?:lai )?ho so (?:khong|ma khong|nhieu lan)) /,
    title: 'Không tiếp nhận hồ sơ {matter}',
    without: 'Không tiếp nhận hồ sơ',
  },
  {
    when: / (?:(?:khong|ko|chang) (?:co )?(?:ai|can bo|nguoi) (?:nao )?(?:tiep|truc|lam viec|o do|nhan ho so)|can bo (?:vang|di vang|vang mat|nghi|di lam tre|di muon)|dong cua (?:trong )?gio hanh chinh) /,
    title: 'Không có người tiếp nhận hồ sơ {matter}',
    without: 'Không có người tiếp nhận hồ sơ',
  },
  {
    when: / (?:di lai (?:nhieu lan|nhieu|hoai|may lan|\d+ lan)|di toi di lui|chay toi chay lui|len xuong (?:nhieu|may) lan|day qua day lai|day toi day lui|chi qua chi lai|dun day) /,
    title: 'Phải đi lại nhiều lần khi làm thủ tục {matter}',
    without: 'Phải đi lại nhiều lần khi làm thủ tục',
  },
  {
    when: / (?:(?:khong|chua|ko) (?:niem yet|cong khai) (?:thu tuc|quy trinh|bang gia|le phi|day du|tthc)|niem yet (?:sai|thieu|cu|khong day du|khong dung)) /,
    title: 'Niêm yết, công khai thủ tục {matter} chưa đầy đủ',
    without: 'Niêm yết, công khai thủ tục hành chính chưa đầy đủ',
  },
  {
    when: / quy dinh(?: \S+){0,8} (?:bat cap|khong (?:con )?phu hop|chua phu hop|vo ly|kho hieu|mau thuan|chong cheo|ruom ra) /,
    title: 'Bất cập trong quy định về {matter}',
    without: null,
  },
]

/** The procedures that people name in their own words, and how a title names them. Reads folded text. */
export const TITLE_MATTERS: readonly { when: RegExp; name: string }[] = [
  { when: / (?:tach thua|tach so|tach dat) /, name: 'tách thửa' },
  { when: / hop thua /, name: 'hợp thửa' },
  {
    when: / (?:sang ten|chuyen nhuong)(?= (?:quyen|dat|so|nha|bia|thua|cho|ma|nhung|o|tai|tu|chua|lau)? ?)/,
    name: 'sang tên quyền sử dụng đất',
  },
  {
    when: / (?:so do|so hong|bia do|bia dat|so dat|giay chung nhan quyen su dung dat|giay chung nhan qsd dat|gcn qsd dat|gcnqsdd|gcn qsdd|quyen su dung dat) /,
    name: 'cấp giấy chứng nhận quyền sử dụng đất',
  },
  { when: / (?:chuyen (?:doi )?muc dich|len tho cu|chuyen (?:len )?dat o) /, name: 'chuyển mục đích sử dụng đất' },
  { when: / (?:do dac|trich luc|trich do|cam moc) /, name: 'đo đạc, trích lục thửa đất' },
  { when: / (?:giay phep xay dung|phep xay dung|xin phep xay|gpxd) /, name: 'cấp giấy phép xây dựng' },
  { when: / khai sinh /, name: 'đăng ký khai sinh' },
  { when: / (?:khai tu|bao tu) /, name: 'đăng ký khai tử' },
  { when: / (?:tinh trang hon nhan|giay doc than|xac nhan doc than) /, name: 'xác nhận tình trạng hôn nhân' },
  { when: / (?:dang ky ket hon|giay ket hon|dk ket hon) /, name: 'đăng ký kết hôn' },
  { when: / cai chinh /, name: 'cải chính hộ tịch' },
  {
    when: / (?:lam|cap|doi|xin) (?:lai |moi |the |giay )*(?:can cuoc|cccd|cmnd|chung minh) /,
    name: 'cấp thẻ căn cước',
  },
  { when: / (?:nhap khau|tach khau|tam tru|thuong tru|tam vang|dang ky cu tru) /, name: 'đăng ký cư trú' },
  { when: / (?:chung thuc|sao y) /, name: 'chứng thực' },
  { when: / (?:the bao hiem y te|the bhyt|the bao hiem) /, name: 'cấp thẻ bảo hiểm y tế' },
  { when: / (?:bao hiem that nghiep|tro cap that nghiep|bhtn) /, name: 'hưởng trợ cấp thất nghiệp' },
  { when: / (?:bao hiem xa hoi|bhxh) /, name: 'bảo hiểm xã hội' },
  { when: / (?:nguoi co cong|thuong binh|liet si|chat doc da cam) /, name: 'chế độ người có công' },
  { when: / (?:ho ngheo|can ngheo) /, name: 'xét hộ nghèo, hộ cận nghèo' },
  { when: / (?:tro cap|bao tro xa hoi|tien tro cap) /, name: 'hưởng trợ cấp xã hội' },
  {
    when: / (?:dang ky kinh doanh|giay phep kinh doanh|ho kinh doanh|thanh lap (?:cong ty|doanh nghiep)) /,
    name: 'đăng ký kinh doanh',
  },
  { when: / (?:giay phep lai xe|bang lai|bang lai xe|gplx) /, name: 'cấp, đổi giấy phép lái xe' },
  { when: / ly lich tu phap /, name: 'cấp phiếu lý lịch tư pháp' },
  { when: / ho chieu /, name: 'cấp hộ chiếu' },
  { when: / (?:dang ky xe|bien so xe|sang ten xe) /, name: 'đăng ký xe' },
  { when: / (?:den bu|boi thuong|giai phong mat bang) /, name: 'bồi thường, giải phóng mặt bằng' },
  { when: / (?:chuyen truong|nhap hoc|hoc ba) /, name: 'nhập học, chuyển trường' },
]

/** Offices that people name instead of a commune. Reads folded text. */
export const TITLE_OFFICES: readonly { when: RegExp; name: string }[] = [
  { when: / (?:van phong dang ky dat dai|vp dang ky dat dai|vpdk dat dai|vpdkdd) /, name: 'Văn phòng đăng ký đất đai' },
  {
    when: / (?:trung tam phuc vu hanh chinh cong|trung tam hanh chinh cong|tt phuc vu hanh chinh cong|ttpvhcc) /,
    name: 'Trung tâm Phục vụ hành chính công',
  },
  { when: / (?:chi cuc thue|co quan thue) /, name: 'cơ quan thuế' },
  { when: / (?:bo phan mot cua|bo phan 1 cua) /, name: 'bộ phận một cửa' },
]
