//! Something of each camera of the device.

use super::camera::CameraId;
use std::fmt;

/// Something of each camera of the device, in the order in which the configuration names them; there is always a first.
#[derive(Clone, Debug, PartialEq)]
pub struct PerCamera<T> {
    first: (CameraId, T),
    others: Vec<(CameraId, T)>,
}

/// The device has no camera of this id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoCamera {
    pub id: CameraId,
    /// Those that it has.
    pub there: Vec<CameraId>,
}

impl fmt::Display for NoCamera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let there: Vec<_> = self.there.iter().map(|id| format!("`{id}`")).collect();
        write!(f, "there is no camera `{}`; this device has {}", self.id, there.join(", "))
    }
}

impl std::error::Error for NoCamera {}

impl<T> PerCamera<T> {
    /// Of a device with one camera.
    pub fn one(id: CameraId, of: T) -> Self {
        Self { first: (id, of), others: Vec::new() }
    }

    /// In this order. Error: there is none, or two have the same id, which is named.
    pub fn of(each: Vec<(CameraId, T)>) -> Result<Self, String> {
        let mut each = each.into_iter();
        let Some(first) = each.next() else { return Err("there must be one camera".to_owned()) };
        let mut all = Self { first, others: Vec::new() };
        for (id, one) in each {
            if all.get(&id).is_some() {
                return Err(format!("two cameras are called `{id}`: give each an id of its own"));
            }
            all.others.push((id, one));
        }
        Ok(all)
    }

    /// Whether there is more than one.
    pub fn are_several(&self) -> bool {
        !self.others.is_empty()
    }

    pub fn first(&self) -> &T {
        &self.first.1
    }

    pub fn first_mut(&mut self) -> &mut T {
        &mut self.first.1
    }

    pub fn get(&self, id: &CameraId) -> Option<&T> {
        self.iter().find(|(own, _)| *own == id).map(|(_, one)| one)
    }

    /// The camera of this id; the first where none is named.
    pub fn named(&self, id: Option<&CameraId>) -> Result<&T, NoCamera> {
        let Some(id) = id else { return Ok(self.first()) };
        self.get(id).ok_or_else(|| NoCamera { id: id.clone(), there: self.ids().cloned().collect() })
    }

    pub fn iter(&self) -> impl Iterator<Item = (&CameraId, &T)> {
        std::iter::once(&self.first).chain(&self.others).map(|(id, one)| (id, one))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&CameraId, &mut T)> {
        std::iter::once(&mut self.first).chain(&mut self.others).map(|(id, one)| (&*id, one))
    }

    pub fn ids(&self) -> impl Iterator<Item = &CameraId> {
        self.iter().map(|(id, _)| id)
    }

    pub fn each(&self) -> impl Iterator<Item = &T> {
        self.iter().map(|(_, one)| one)
    }

    /// What becomes of each, in the same order.
    pub fn map<U>(&self, mut make: impl FnMut(&CameraId, &T) -> U) -> PerCamera<U> {
        let mut made = |(id, one): &(CameraId, T)| (id.clone(), make(id, one));
        PerCamera { first: made(&self.first), others: self.others.iter().map(made).collect() }
    }

    /// The same where that may fail, at the first that does.
    pub fn try_map<U, E>(&self, mut make: impl FnMut(&CameraId, &T) -> Result<U, E>) -> Result<PerCamera<U>, E> {
        let mut made = |(id, one): &(CameraId, T)| Ok((id.clone(), make(id, one)?));
        Ok(PerCamera { first: made(&self.first)?, others: self.others.iter().map(made).collect::<Result<_, E>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> CameraId {
        text.parse().unwrap()
    }

    #[test]
    fn each_is_found_by_its_id_and_the_first_without() {
        let all = PerCamera::of(vec![(id("yard"), 1), (id("door"), 2)]).unwrap();
        assert_eq!((all.named(None), all.named(Some(&id("door")))), (Ok(&1), Ok(&2)));
        let words = all.named(Some(&id("roof"))).unwrap_err().to_string();
        assert_eq!(words, "there is no camera `roof`; this device has `yard`, `door`");
        assert_eq!(all.map(|id, n| format!("{id} {n}")).each().collect::<Vec<_>>(), ["yard 1", "door 2"]);
        assert!(all.are_several() && !PerCamera::one(id("yard"), 1).are_several());
        assert_eq!(all.try_map(|_, n| if *n == 2 { Err("second") } else { Ok(()) }), Err("second"));
    }

    #[test]
    fn twins_and_nothing_are_refused_in_words() {
        let error = PerCamera::of(vec![(id("yard"), 1), (id("yard"), 2)]).unwrap_err();
        assert_eq!(error, "two cameras are called `yard`: give each an id of its own");
        assert!(PerCamera::<u8>::of(vec![]).unwrap_err().contains("one camera"));
    }
}
